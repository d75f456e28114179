"""Recusal (回避): who is kept out of a case, on which ground, and who declared or ordered it."""
