"""Bearer tokens (接口令牌): what a program shows to act for the person who made the token."""
