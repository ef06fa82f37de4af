//! Conditions on values, and what is left open, on real servers. Each script has a doctored twin that must fail.

use crate::judging::assert_ends_on_each;
use crate::program::{assert_ends, run};

#[track_caller]
fn assert_told(name: &str, words: &[&str]) {
    let script = format!("tests/scripts/live/values/{name}.scs");
    assert_ends_on_each(&[&script], 0, &["1 passed"]);
    let twin = format!("tests/scripts/live/values/{name}.twin.scs");
    assert_ends_on_each(&[&twin], 1, words);
}

#[test]
fn ids_of_an_archive_are_others_each_time() {
    assert_told("archive_ids", &["the same value as second"]);
}

#[test]
fn what_is_not_expected_may_be_there_where_matching_is_open() {
    assert_told("disco_open", &["in a strict element"]);
    let twin = "tests/scripts/live/values/disco_open.twin.scs";
    let open = ["--launch=prosody", "--matching=open", twin];
    assert_ends(&run(&open), 0, &["1 passed"]);
}

#[test]
fn the_order_of_two_can_be_left_open() {
    assert_told("order_of_two", &["the same value as a"]);
}

#[test]
fn integers_and_texts_have_bounds() {
    assert_told("version", &["an integer up to -1"]);
}
