CREATE VIEW order_summaries AS
SELECT o.id, o.user_id, o.status, o.currency, o.created_at,
       count(i.product_id) AS items,
       coalesce(sum(i.quantity * i.unit_price_cents), 0) AS total_cents
FROM orders o
LEFT JOIN order_items i ON i.order_id = o.id
GROUP BY o.id;
