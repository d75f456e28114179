"""Cases sent to people to read: 抄送 and 传阅."""
