//! The arguments of `reeldex correct`.

use clap::{Args, ValueEnum};

use crate::domain::Channel;

/// `reeldex correct`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  reeldex correct final.mp4 --at 12.5 --tag +podium    the shot at 12.5 s shows a podium
  reeldex correct final.mp4 --at 12.5 --tag -crowd     and no crowd
  reeldex correct final.mp4 --at 6.7 --line \"She hits the gold\"
  reeldex correct final.mp4 --name \"Archery final\"
  reeldex correct final.mp4 --at 12.5 --rights blocked no reel shows this shot
  reeldex correct final.mp4                            lists what people said
  reeldex correct final.mp4 --undo 3")]
pub(in crate::cli) struct CorrectArguments {
    /// A path, or the first digits of an id
    #[arg(value_name = "ASSET")]
    pub(in crate::cli) asset: String,
    /// When, as seconds or [H:]M:S [default: the asset as a whole]
    #[arg(long, value_name = "TIME", value_parser = millis)]
    pub(in crate::cli) at: Option<i64>,
    /// Who says it
    #[arg(long, value_name = "NAME", env = "REELDEX_AUTHOR", default_value = "")]
    pub(in crate::cli) author: String,
    /// Correct the line of this channel [default: the first of speech, subtitle, screen_text that has one]
    #[arg(long, value_name = "CHANNEL", value_parser = channel, requires = "line")]
    pub(in crate::cli) channel: Option<Channel>,
    /// What is said or written at that time; an empty text takes the line away
    #[arg(long, value_name = "TEXT", requires = "at", group = "what")]
    pub(in crate::cli) line: Option<String>,
    /// What the asset is called
    #[arg(long, value_name = "NAME", group = "what")]
    pub(in crate::cli) name: Option<String>,
    /// Whether reels may show it: blocked or free; of the shot at that time, else of the whole asset
    #[arg(long, value_name = "RIGHTS", group = "what")]
    pub(in crate::cli) rights: Option<Rights>,
    /// A tag that is missing, +TAG, or wrong, -TAG
    #[arg(
        long,
        value_name = "±TAG",
        allow_hyphen_values = true,
        group = "what",
        value_parser = signed
    )]
    pub(in crate::cli) tag: Option<SignedTag>,
    /// With --rights: all shots from --at to here, as seconds or [H:]M:S
    #[arg(long, value_name = "TIME", value_parser = millis, requires_all = ["at", "rights"])]
    pub(in crate::cli) until: Option<i64>,
    /// Number of a correction to take back
    #[arg(long, value_name = "NUMBER", group = "what", conflicts_with = "at")]
    pub(in crate::cli) undo: Option<i64>,
}

/// Values of `--rights`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Rights {
    /// No reel may show it
    Blocked,
    /// Reels may show it again
    Free,
}

/// A tag and whether it is so.
#[derive(Debug, Clone)]
pub(in crate::cli) struct SignedTag {
    pub(in crate::cli) is_so: bool,
    pub(in crate::cli) tag: String,
}

fn signed(text: &str) -> Result<SignedTag, String> {
    let (is_so, tag) = match text.strip_prefix('-') {
        Some(tag) => (false, tag),
        None => (true, text.strip_prefix('+').unwrap_or(text)),
    };
    let tag = tag.trim().to_owned();
    if tag.is_empty() {
        return Err("a tag after the sign".to_owned());
    }
    Ok(SignedTag { is_so, tag })
}

fn channel(name: &str) -> Result<Channel, String> {
    match Channel::from_name(name) {
        Some(channel @ (Channel::Speech | Channel::Subtitle | Channel::ScreenText)) => Ok(channel),
        _ => Err("one of speech, subtitle, screen_text".to_owned()),
    }
}

/// `12.5`, `1:02.5` or `1:00:02.5` in milliseconds.
pub(super) fn millis(text: &str) -> Result<i64, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let mut seconds = 0.0;
    for part in &parts {
        let number: f64 = part.parse().map_err(|_| "seconds or [H:]M:S".to_owned())?;
        seconds = seconds * 60.0 + number;
    }
    if parts.len() > 3 || !(0.0..1e9).contains(&seconds) {
        return Err("seconds or [H:]M:S".to_owned());
    }
    Ok((seconds * 1000.0).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_and_without_colons() {
        assert_eq!(millis("12.5"), Ok(12_500));
        assert_eq!(millis("1:02.5"), Ok(62_500));
        assert_eq!(millis("1:00:02"), Ok(3_602_000));
        for wrong in ["", "1:2:3:4", "-1", "x", "NaN", "inf"] {
            assert!(millis(wrong).is_err(), "{wrong}");
        }
    }
}
