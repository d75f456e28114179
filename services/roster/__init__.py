"""Rosters (名册) as Excel workbooks: taking them in, and giving out what one may see."""
