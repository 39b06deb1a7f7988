"""Training: examples in the product's own prompt, adapters and embedders fitted to them, kept only where better."""
