"""Pages of recusal: the register of relationships, and 回避 in a case."""
