"""The HTTP server: several indexes in one process, behind an OpenAI-compatible and a native API.

What needs FastAPI is imported when a server is started; tokens do without it.
"""
