"""接口令牌: making and revoking the tokens of programs."""
