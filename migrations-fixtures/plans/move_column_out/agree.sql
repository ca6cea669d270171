SELECT id FROM orders LEFT JOIN order_totals ON order_id = id WHERE orders.total IS DISTINCT FROM order_totals.total;
