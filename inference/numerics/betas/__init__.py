"""Betas: their log-odds, however concentrated, and mixtures of them."""
