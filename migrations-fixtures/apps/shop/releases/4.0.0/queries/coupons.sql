-- name: create_coupon :one
INSERT INTO coupons (code, percent_off, expires_at) VALUES (upper($1), $2, $3) RETURNING id;

-- name: find_coupon :one
SELECT id, percent_off FROM coupons WHERE code = upper($1) AND (expires_at IS NULL OR expires_at > now());

-- name: redeem_coupon :exec
UPDATE orders SET coupon_id = $2 WHERE id = $1 AND coupon_id IS NULL;

-- name: coupon_usage :many
WITH used AS (
    SELECT coupon_id, count(*) AS orders FROM orders WHERE coupon_id IS NOT NULL GROUP BY coupon_id
)
SELECT c.code, coalesce(u.orders, 0) AS orders
FROM coupons c LEFT JOIN used u ON u.coupon_id = c.id
ORDER BY orders DESC, c.code;
