"""Personal data at rest: SM4-GCM for what is read back, HMAC-SM3 for what is searched."""
