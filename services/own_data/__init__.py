"""What the product holds on the person who asks (个人信息保护法 article 45)."""
