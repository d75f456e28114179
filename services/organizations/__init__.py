"""The tree of party organisations and what each may approve."""
