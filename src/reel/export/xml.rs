//! XML as a tree, written with every name and text escaped.

use quick_xml::escape::escape;

/// An element with children, or with text alone.
pub(super) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    children: Vec<Element>,
    text: String,
}

impl Element {
    pub(super) fn new(name: &'static str) -> Self {
        Self {
            name,
            attributes: Vec::new(),
            children: Vec::new(),
            text: String::new(),
        }
    }

    /// An element that holds text alone.
    pub(super) fn text(name: &'static str, text: impl ToString) -> Self {
        Self {
            text: text.to_string(),
            ..Self::new(name)
        }
    }

    pub(super) fn with(mut self, attribute: &'static str, value: impl ToString) -> Self {
        self.attributes.push((attribute, value.to_string()));
        self
    }

    /// The same with the attribute where there is a value.
    pub(super) fn with_some(self, attribute: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(attribute, value),
            None => self,
        }
    }

    pub(super) fn child(mut self, child: Element) -> Self {
        self.children.push(child);
        self
    }

    pub(super) fn children(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children);
        self
    }

    pub(super) fn push(&mut self, child: Element) {
        self.children.push(child);
    }

    fn write(&self, depth: usize, out: &mut String) {
        let indent = "  ".repeat(depth);
        out.push_str(&indent);
        out.push('<');
        out.push_str(self.name);
        for (name, value) in &self.attributes {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            out.push_str(&escaped(value));
            out.push('"');
        }
        if self.children.is_empty() && self.text.is_empty() {
            out.push_str("/>\n");
            return;
        }
        out.push('>');
        if self.children.is_empty() {
            out.push_str(&escaped(&self.text));
        } else {
            out.push('\n');
            for child in &self.children {
                child.write(depth + 1, out);
            }
            out.push_str(&indent);
        }
        out.push_str("</");
        out.push_str(self.name);
        out.push_str(">\n");
    }
}

/// A document with a doctype that names its root alone: readers choose their own description.
pub(super) fn document(root: &Element) -> Vec<u8> {
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE {}>\n",
        root.name
    );
    root.write(0, &mut out);
    out.into_bytes()
}

/// Escaped, and without the characters that XML 1.0 has no way to hold.
fn escaped(text: &str) -> String {
    let held: String = text
        .chars()
        .map(|c| if is_held(c) { c } else { ' ' })
        .collect();
    escape(&held).into_owned()
}

fn is_held(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_its_element() {
        let root = Element::new("a")
            .with("name", "\"x\" <b> & 'y'\u{0}")
            .child(Element::text("b", "]]> -- <!-- \u{fffe} 🏹"));
        assert_eq!(
            String::from_utf8(document(&root)).unwrap(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE a>\n\
             <a name=\"&quot;x&quot; &lt;b&gt; &amp; &apos;y&apos; \">\n  \
             <b>]]&gt; -- &lt;!--   🏹</b>\n</a>\n"
        );
    }
}
