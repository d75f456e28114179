"""The page 我的个人信息."""
