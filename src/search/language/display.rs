//! A tree as a query that reads as the same tree.

use std::fmt::{self, Display, Formatter};

use super::{
    operand::TIME_OPERATORS,
    tree::{Condition, Demand, Example, Expression, Filter, Form, Likeness, Term, Timed, Tree},
    values::{clock_text, duration_text},
};

impl Display for Tree {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(expression) = &self.expression {
            write!(f, "{expression}")?;
        }
        write_filters(f, &self.filters, self.expression.is_some())
    }
}

impl Display for Expression {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any(alternatives) => join(f, alternatives, " OR ", |f, part| write!(f, "{part}")),
            Self::All { terms, parts } => {
                // Parts first: a word after them is never read as an operator between them.
                join(f, parts, " ", write_part)?;
                if !parts.is_empty() && !terms.is_empty() {
                    f.write_str(" ")?;
                }
                join(f, terms, " ", |f, term| write!(f, "{term}"))
            }
            Self::Timed(timed) => write!(f, "{timed}"),
            Self::Likeness(sum) => write_sum(f, sum),
            Self::Not(_) | Self::In { .. } | Self::Where { .. } => write_part(f, self),
        }
    }
}

/// An expression among others that stand side by side.
fn write_part(f: &mut Formatter<'_>, part: &Expression) -> fmt::Result {
    match part {
        Expression::Not(inside) => match &**inside {
            Expression::In { .. } => write!(f, "-{inside}"),
            Expression::Likeness(sum) if is_single(sum) => write!(f, "-{inside}"),
            Expression::Where { .. } => write!(f, "-{inside}"),
            inside => {
                f.write_str("-")?;
                write_group(f, inside)
            }
        },
        Expression::In { channel, inside } => {
            write!(f, "{}:", channel.name())?;
            write_group(f, &**inside)
        }
        Expression::Where { inside, filters } => {
            write!(f, "({inside}")?;
            write_filters(f, filters, true)?;
            f.write_str(")")
        }
        Expression::Likeness(sum) if sum.len() == 1 => write_sum(f, sum),
        other => write_group(f, other),
    }
}

fn write_group(f: &mut Formatter<'_>, inside: &dyn Display) -> fmt::Result {
    let inside = inside.to_string();
    // A word with a parenthesis in it would take the one that closes the group for its own.
    let last = inside
        .rsplit(char::is_whitespace)
        .next()
        .unwrap_or_default();
    let space = if !last.starts_with('(') && last.contains('(') {
        " "
    } else {
        ""
    };
    write!(f, "({inside}{space})")
}

/// An expression beside an operator of time.
fn write_operand(f: &mut Formatter<'_>, operand: &Expression) -> fmt::Result {
    match operand {
        Expression::All { terms, parts } if parts.is_empty() && terms.len() == 1 => {
            let term = &terms[0];
            let is_phrase = term.form == Form::Phrase && term.demand == Demand::Required;
            let is_in_channel = term.channel.is_some() && term.demand == Demand::Wanted;
            if is_phrase || is_in_channel {
                write!(f, "{term}")
            } else {
                write_group(f, term)
            }
        }
        other => write_part(f, other),
    }
}

impl Display for Timed {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (sides, operator, within) = match self {
            Self::Then {
                steps,
                within_millis,
            } => (&steps[..], "then", *within_millis),
            Self::During(sides) => (&sides[..], "during", None),
            Self::Overlaps(sides) => (&sides[..], "overlaps", None),
            Self::Apart {
                sides,
                within_millis,
            } => (&sides[..], "not", Some(*within_millis)),
        };
        join(f, sides, &format!(" {operator} "), write_operand)?;
        match within {
            Some(millis) => write!(f, " within {}", duration_text(millis)),
            None => Ok(()),
        }
    }
}

impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let is_phrase = self.form == Form::Phrase;
        match self.demand {
            Demand::Excluded => f.write_str("-")?,
            Demand::Required if !is_phrase => f.write_str("+")?,
            Demand::Required | Demand::Wanted => {}
        }
        if let Some(channel) = self.channel {
            write!(f, "{}:", channel.name())?;
        } else if self.demand == Demand::Wanted && is_operator(&self.text) {
            f.write_str("'")?;
        }
        match self.form {
            Form::Words => f.write_str(&self.text),
            Form::Phrase => write!(f, "\"{}\"", self.text),
            Form::Prefix => write!(f, "{}*", self.text),
            Form::Fuzzy { distance } => write!(f, "{}~{distance}", self.text),
        }
    }
}

/// Whether a word standing by itself could be read as an operator.
fn is_operator(text: &str) -> bool {
    matches!(text, "OR" | "within") || TIME_OPERATORS.contains(&text)
}

impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.is_excluded {
            f.write_str("-")?;
        }
        match &self.condition {
            Condition::After(day) => write!(f, "after:{day}"),
            Condition::Before(day) => write!(f, "before:{day}"),
            Condition::Longer(millis) => write!(f, "longer:{}", duration_text(*millis)),
            Condition::Shorter(millis) => write!(f, "shorter:{}", duration_text(*millis)),
            Condition::Language(code) => write!(f, "lang:{code}"),
            Condition::Collection(name) => write!(f, "collection:\"{name}\""),
            Condition::File(part) => write!(f, "file:\"{part}\""),
            Condition::Is(property) => write!(f, "is:{}", property.name()),
            Condition::HasSpeech => f.write_str("has:speech"),
        }
    }
}

fn write_filters(f: &mut Formatter<'_>, filters: &[Filter], is_after: bool) -> fmt::Result {
    if is_after && !filters.is_empty() {
        f.write_str(" ")?;
    }
    join(f, filters, " ", |f, filter| write!(f, "{filter}"))
}

fn is_single(sum: &[Likeness]) -> bool {
    matches!(sum, [only] if only.weight == 1.0)
}

fn write_sum(f: &mut Formatter<'_>, sum: &[Likeness]) -> fmt::Result {
    for (index, likeness) in sum.iter().enumerate() {
        if index > 0 {
            f.write_str(if likeness.weight < 0.0 { " - " } else { " + " })?;
        }
        let weight = likeness.weight.abs();
        if weight != 1.0 {
            write!(f, "{weight}*")?;
        }
        match &likeness.example {
            Example::Description(text) => write!(f, "seen:\"{text}\"")?,
            Example::Asset { prefix, at_millis } => {
                write!(f, "like:{prefix}")?;
                if let Some(millis) = at_millis {
                    write!(f, "@{}", clock_text(*millis))?;
                }
            }
            Example::File(path) => write!(f, "like:\"{path}\"")?,
        }
    }
    Ok(())
}

fn join<T>(
    f: &mut Formatter<'_>,
    items: &[T],
    between: &str,
    write: impl Fn(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        write(f, item)?;
    }
    Ok(())
}
