"""Stafet, wired: settings, the app factory, the command line, demo data.  Nobody imports this package."""

__version__ = "0.1.0"
