SELECT orders.id FROM orders LEFT JOIN order_extras e ON order_id = orders.id WHERE orders.coupon IS DISTINCT FROM e.coupon OR orders.gift IS DISTINCT FROM e.gift;
