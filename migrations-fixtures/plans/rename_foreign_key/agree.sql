SELECT * FROM orders WHERE user_id IS DISTINCT FROM customer_id;
