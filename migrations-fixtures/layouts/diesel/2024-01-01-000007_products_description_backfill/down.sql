UPDATE products SET description = NULL WHERE description = '';
