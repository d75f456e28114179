"""Work of which people choose what is done, how often and when it is enough (自组织子流程)."""
