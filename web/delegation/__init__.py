"""Pages of delegation and absence: 我的委托."""
