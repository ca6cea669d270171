diesel::table! {
    notes (id) {
        id -> Int8,
        title -> Text,
        body -> Nullable<Text>,
    }
}

diesel::table! {
    tags (note_id, tag) {
        note_id -> Int8,
        tag -> Text,
    }
}
