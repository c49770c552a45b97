//! What reaches HTML of text from outside.

use maud::html;

use super::*;

#[test]
fn markup_is_escaped_and_controls_are_shown() {
    let text = "<script>\u{202e}x\u{7}\u{1b}[0m</script>";
    let html = html! { p title=(Outside(text)) { (Outside(text)) } }.into_string();
    let shown = "&lt;script&gt;\u{fffd}x\u{fffd}\u{fffd}[0m&lt;/script&gt;";
    assert_eq!(html, format!("<p title=\"{shown}\">{shown}</p>"));
}

#[test]
fn other_writing_is_left_as_it_is() {
    assert_eq!(visible("größe 尺寸\n\tעברית"), "größe 尺寸\n\tעברית");
}
