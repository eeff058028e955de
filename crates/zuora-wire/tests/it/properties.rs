//! The checks on text that is likely to matter: JSON of all shapes, JSON with a few bytes changed,
//! numbers of all forms.

use crate::checks;
use proptest::{collection::vec, prelude::*};

/// The text of a number, of any form that the grammar has.
fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "-?(0|[1-9][0-9]{0,8})(\\.[0-9]{1,4})?",
        2 => "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,40})?",
        2 => "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,12})?[eE][+-]?[0-9]{1,2}",
        1 => "-?(0|[1-9][0-9]{0,3})(\\.0{1,12})?[eE][+-]?[0-9]{1,20}",
        1 => "-?[1-9]0{0,40}",
        1 => "-?0\\.0{0,40}[0-9]",
    ]
}

fn string() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "\"[a-z]{0,3}\"",
        1 => "\"([ -!#-\\[\\]-~é€😀]|\\\\[\"\\\\/bfnrt]|\\\\u00[0-9a-fA-F]{2}|\\\\ud83d\\\\ude0[0-9]){0,12}\"",
    ]
}

/// The names that the models know, so that random documents reach their fields.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => proptest::sample::select(vec![
            "name", "parent", "children", "invoices", "contact", "method", "balances", "matrix",
            "payment", "metadata", "id", "amount", "invoiceDate", "updatedOn", "status", "autoPay",
            "version", "items", "firstName", "creditLimit", "since", "phones", "type", "limit", "tags",
        ])
        .prop_map(|name| format!("{name:?}")),
        1 => string(),
    ]
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        3 => number(),
        2 => string(),
        1 => number().prop_map(|number| format!("{number:?}")),
        1 => proptest::sample::select(vec![
            "null", "true", "false", "\"2024-02-29\"", "\"2022-04-25 19:08:32\"", "\"CreditCard\"",
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(6, 60, 6, |inner| {
        let space = proptest::sample::select(vec!["", "", " ", "\n\t"]);
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(|items| format!("[{}]", items.join(","))),
            (vec((name(), inner), 0..9), space).prop_map(|(members, space)| {
                let members: Vec<String> = members
                    .into_iter()
                    .map(|(name, value)| format!("{space}{name}{space}:{value}"))
                    .collect();
                format!("{{{}{space}}}", members.join(&format!("{space},")))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn json_means_what_it_means_elsewhere(text in json()) {
        prop_assert!(zuora_wire::Json::parse(&text).is_ok());
        checks::json::check(text.as_bytes());
    }

    #[test]
    fn broken_json_is_refused_as_elsewhere(
        text in json(),
        changes in vec((any::<prop::sample::Index>(), proptest::option::of(any::<u8>())), 1..4),
    ) {
        let mut bytes = text.into_bytes();
        for (at, change) in changes {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match change {
                // Most bytes break it; those of the grammar are more likely to do so in a new way.
                Some(byte @ 0..128) => bytes[at] = b"{}[]\",:\\01-+.eEtfnu \x7f"[usize::from(byte) % 20],
                Some(byte) => bytes[at] = byte,
                None => {
                    bytes.remove(at);
                }
            }
        }
        checks::json::check(&bytes);
        checks::codec::check(&bytes);
    }

    #[test]
    fn models_come_back_as_they_were(text in json()) {
        checks::codec::check(text.as_bytes());
    }

    #[test]
    fn decimals_are_exact(a in number(), b in number()) {
        checks::decimal::check(&format!("{a} {b}"));
    }

    #[test]
    fn objects_find_repeated_names_whatever_their_number(names in vec("[a-c]{0,4}", 0..300)) {
        let members: Vec<String> = names.iter().map(|name| format!("{name:?}:1")).collect();
        checks::json::check(format!("{{{}}}", members.join(",")).as_bytes());
    }
}
