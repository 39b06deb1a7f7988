"""The routes, one file for each thing that can be asked for. Each names the scope that it needs."""
