//! Random numbers from a seed, and the odd names that histories use.

/// A small generator (splitmix64): the same seed gives the same history on every machine.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    /// True so many times in a hundred.
    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of them.
    pub(super) fn pick<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    /// One of them, if there are any.
    pub(super) fn any<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        (!all.is_empty()).then(|| self.pick(all))
    }

    /// That text so many times in a hundred, else nothing.
    pub(super) fn maybe(&mut self, percent: usize, text: &str) -> String {
        if self.chance(percent) {
            text.to_owned()
        } else {
            String::new()
        }
    }

    /// Some of them in their order: at least one, at most `most`.
    pub(super) fn some<T: Clone>(&mut self, all: &[T], most: usize) -> Vec<T> {
        let wanted = 1 + self.below(most.min(all.len()).max(1));
        let mut left = all.to_vec();
        while left.len() > wanted {
            left.remove(self.below(left.len()));
        }
        left
    }
}

/// Names of relations, types and functions, as written.
pub(super) const NAMES: &[&str] = &[
    "users",
    "orders",
    "items",
    "t1",
    "t2",
    "t3",
    "accounts",
    "\"Order Items\"",
    "\"UPPER\"",
    "\"we\"\"ird\"",
    "\"user\"",
    "\"select\"",
    "\"größe\"",
    "_under$core",
    "MixedCase",
    "a_relation_with_a_name_that_is_exactly_sixty_three_bytes_long_x",
    "a_relation_with_a_name_that_is_longer_than_sixty_three_bytes_and_is_cut",
    "a_relation_whose_name_alone_leaves_no_room_for_the_columns",
];

/// Names of columns, as written.
pub(super) const COLUMNS: &[&str] = &[
    "id",
    "name",
    "email",
    "a",
    "b",
    "c",
    "created_at",
    "price",
    "\"Quoted Column\"",
    "\"order\"",
    "\"end\"",
    "\"ÄÖÜ\"",
    "UPPER_FOLDED",
    "value",
    "position",
    "a_column_with_quite_a_long_name_so_that_names_are_cut",
    "another_column_with_quite_a_long_name_so_that_names_are_cut_too_and_more",
];

/// Names of constraints, indexes, triggers, policies and rules, as written.
pub(super) const SMALL: &[&str] = &[
    "n1",
    "n2",
    "n3",
    "\"N 4\"",
    "n5",
    "n6",
    "\"check\"",
    "users_pkey",
    "t1_pkey",
    "t1_a_key",
    "t2_a_check",
    "t2_check",
    "orders_id_fkey",
    "t1_a_idx",
];
