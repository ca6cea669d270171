CREATE TYPE payment_state AS ENUM ('authorized', 'captured', 'refunded');

CREATE TABLE payments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL,
    amount_cents integer NOT NULL CHECK (amount_cents > 0),
    state payment_state NOT NULL DEFAULT 'authorized',
    details jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX payments_order_id_idx ON payments (order_id);
