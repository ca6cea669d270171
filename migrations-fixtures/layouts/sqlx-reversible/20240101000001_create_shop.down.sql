DROP TABLE order_items, orders, products, sessions, users;
