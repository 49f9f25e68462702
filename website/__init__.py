"""The site of the documentation: `uv run --group docs python -m website` builds it in build/site."""
