"""The sample world: invented people in the real tree of Hunan's lawyers' party bodies."""
