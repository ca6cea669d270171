SELECT id FROM accounts LEFT JOIN settings ON account_id = id WHERE accounts.theme IS DISTINCT FROM settings.theme OR accounts.theme IS NOT NULL AND accounts.size IS DISTINCT FROM settings.size;
