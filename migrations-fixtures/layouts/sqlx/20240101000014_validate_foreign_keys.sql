ALTER TABLE orders VALIDATE CONSTRAINT orders_coupon_id_fkey;
ALTER TABLE payments VALIDATE CONSTRAINT payments_order_id_fkey;
