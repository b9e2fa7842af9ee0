//! Sentences that describe a scene, made from its attributes in several phrasings.

use super::{
    attributes::{Colour, Daytime, Kind, Scene, ShotSize, Side, Weather},
    dice::Dice,
    wording::{Wearing, wording},
};

/// A caption that names every attribute.
pub(crate) fn full_caption(scene: &Scene, dice: &mut Dice) -> String {
    phrase(scene, scene, dice)
}

/// A caption that names the kind and some of the other attributes, by chance, with what it names.
pub(crate) fn caption(scene: &Scene, dice: &mut Dice) -> (String, Scene) {
    // Colours and shot sizes are what people ask for most.
    let kit_colour = scene.kit_colour.filter(|_| dice.chance(0.65));
    let said = Scene {
        kind: scene.kind,
        second_colour: scene
            .second_colour
            .filter(|_| kit_colour.is_some() && dice.chance(0.45)),
        kit_colour,
        people: scene.people.filter(|_| dice.chance(0.7)),
        side: scene.side.filter(|_| dice.chance(0.3)),
        weather: scene.weather.filter(|_| dice.chance(0.35)),
        daytime: scene.daytime.filter(|_| dice.chance(0.35)),
        shot_size: scene.shot_size.filter(|_| dice.chance(0.4)),
    };
    (phrase(&said, scene, dice), said)
}

/// `said` of `scene`, which has all that there is to say.
fn phrase(said: &Scene, scene: &Scene, dice: &mut Dice) -> String {
    if *said == Scene::bare(scene.kind) && scene.people.is_none_or(|_| dice.chance(0.5)) {
        let topic = *dice.pick(wording(scene.kind).topics);
        return match dice.below(3) {
            0 => topic.to_owned(),
            1 => format!("a picture of {topic}"),
            _ => format!("a scene of {topic}"),
        };
    }
    let mut text = subject(said, scene, dice);
    let side = said.side.map(|side| side_words(side, dice));
    let weather = said.weather.map(|weather| weather_words(weather, dice));
    let daytime = said.daytime.map(|daytime| daytime_words(daytime, dice));
    let mut details: Vec<&str> = [side, weather, daytime].into_iter().flatten().collect();
    if dice.chance(0.4) {
        details.reverse();
    }
    let comma = if dice.chance(0.35) { "," } else { "" };
    for detail in details {
        text = format!("{text}{comma} {detail}");
    }
    let Some(size) = said.shot_size else {
        return text;
    };
    match (size, dice.below(4)) {
        (ShotSize::Wide, 0) => format!("{text}, wide shot"),
        (ShotSize::Wide, 1) => format!("{text}, seen from afar"),
        (ShotSize::Wide, 2) => format!("wide view of {text}"),
        (ShotSize::Wide, _) => format!("wide shot of {text}"),
        (ShotSize::Medium, 0) => format!("{text}, medium shot"),
        (ShotSize::Medium, _) => format!("medium shot of {text}"),
        (ShotSize::CloseUp, 0) => format!("{text}, close-up"),
        (ShotSize::CloseUp, 1) => format!("{text}, seen from close by"),
        (ShotSize::CloseUp, 2) => format!("close shot of {text}"),
        (ShotSize::CloseUp, _) => format!("close-up of {text}"),
    }
}

fn subject(said: &Scene, scene: &Scene, dice: &mut Dice) -> String {
    let words = wording(said.kind);
    // Two who meet are one and the other when their colours are told.
    let meets = said.kind.is_versus() && said.second_colour.is_some() && scene.people == Some(2);
    let count = match said.people {
        Some(_) if meets => Some(1),
        people => people,
    };
    let colour = said.kit_colour.map(colour_word);
    let second = said.second_colour.map(colour_word);
    let (before, after) = match (words.wearing, colour, second) {
        (_, None, _) => (None, String::new()),
        (Wearing::Clothes, Some(colour), None) => (
            None,
            match dice.below(4) {
                0 => format!(" wearing {colour}"),
                1 => format!(" dressed in {colour}"),
                2 => format!(" in a {colour} {}", words.garment),
                _ => format!(" in {colour}"),
            },
        ),
        (Wearing::Clothes, Some(colour), Some(second)) if said.kind.is_versus() => (
            None,
            match dice.below(3) {
                0 => format!(" in {colour} against {second}"),
                1 => format!(" wearing {colour} against an opponent in {second}"),
                _ => format!(" in {colour} facing one in {second}"),
            },
        ),
        (Wearing::Clothes, Some(colour), Some(second)) => (
            None,
            match dice.below(3) {
                0 => format!(" in {colour} and {second}"),
                1 => format!(" wearing {colour} with {second}"),
                _ => format!(" in a {colour} and {second} {}", words.garment),
            },
        ),
        (Wearing::Adjective, Some(colour), None) => (Some(colour.to_owned()), String::new()),
        (Wearing::Adjective, Some(colour), Some(second)) => {
            (Some(format!("{colour} and {second}")), String::new())
        }
        (Wearing::Holding, Some(colour), second) => {
            let with = if dice.chance(0.5) { "with" } else { "and" };
            let second = second.map_or(String::new(), |second| format!(" {with} {second}"));
            (None, format!(" with {colour}{second} {}", words.garment))
        }
    };
    let many = match count {
        Some(1) => false,
        Some(_) => true,
        None => scene.people.is_some_and(|people| people > 1) && !meets,
    };
    let noun = if many {
        words.many
    } else {
        *dice.pick(words.one)
    };
    let described = match before {
        Some(colour) => format!("{colour} {noun}"),
        None => noun.to_owned(),
    };
    let counted = match (count, many) {
        (Some(1), _) if dice.chance(0.25) && !meets => format!("a single {described}"),
        (Some(people), true) => format!("{} {described}", number_word(people)),
        (None, true) => described,
        _ if words.is_mass => described,
        _ => format!("{} {described}", article(&described)),
    };
    let doing = if many { words.doing_many } else { words.doing };
    if doing.is_empty() {
        return format!("{counted}{after}");
    }
    let doing = *dice.pick(doing);
    // With two colours the action would seem to be the opponent's.
    if after.is_empty() || (dice.chance(0.6) && !meets) {
        format!("{counted}{after} {doing}")
    } else {
        format!("{counted}{after}, {doing}")
    }
}

impl Scene {
    /// A scene of which only the kind is said.
    fn bare(kind: Kind) -> Self {
        Self {
            kind,
            kit_colour: None,
            second_colour: None,
            people: None,
            side: None,
            weather: None,
            daytime: None,
            shot_size: None,
        }
    }
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    }
}

fn number_word(number: u8) -> &'static str {
    ["no", "one", "two", "three", "four", "five", "six"]
        .get(usize::from(number))
        .copied()
        .unwrap_or("many")
}

fn colour_word(colour: Colour) -> &'static str {
    match colour {
        Colour::Red => "red",
        Colour::Orange => "orange",
        Colour::Yellow => "yellow",
        Colour::Green => "green",
        Colour::Turquoise => "turquoise",
        Colour::Blue => "blue",
        Colour::Purple => "purple",
        Colour::Pink => "pink",
        Colour::White => "white",
        Colour::Black => "black",
    }
}

fn side_words(side: Side, dice: &mut Dice) -> &'static str {
    let choices: &[&str] = match side {
        Side::Left => &["on the left", "at the left of the picture", "to the left"],
        Side::Centre => &[
            "in the centre",
            "in the middle of the picture",
            "in the middle",
        ],
        Side::Right => &[
            "on the right",
            "at the right of the picture",
            "to the right",
        ],
    };
    dice.pick::<&'static str>(choices)
}

fn weather_words(weather: Weather, dice: &mut Dice) -> &'static str {
    let choices: &[&str] = match weather {
        Weather::Sunny => &["in fine weather", "under a clear sky", "in clear weather"],
        Weather::Cloudy => &["under clouds", "under a cloudy sky", "in cloudy weather"],
        Weather::Rain => &["in the rain", "in rainy weather", "while it rains"],
        Weather::Snow => &["in the snow", "in falling snow", "while it snows"],
    };
    dice.pick::<&'static str>(choices)
}

fn daytime_words(daytime: Daytime, dice: &mut Dice) -> &'static str {
    let choices: &[&str] = match daytime {
        Daytime::Day => &["by day", "in daylight", "during the day"],
        Daytime::Night => &["at night", "after dark", "under floodlights"],
    };
    dice.pick::<&'static str>(choices)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archer() -> Scene {
        Scene {
            kind: Kind::Archery,
            kit_colour: Some(Colour::Yellow),
            second_colour: Some(Colour::Blue),
            people: Some(1),
            side: Some(Side::Left),
            weather: Some(Weather::Rain),
            daytime: Some(Daytime::Night),
            shot_size: Some(ShotSize::CloseUp),
        }
    }

    #[test]
    fn a_full_caption_names_every_attribute() {
        let mut dice = Dice::new(3, 0);
        for _ in 0..40 {
            let text = full_caption(&archer(), &mut dice);
            for (what, any_of) in [
                ("kind", &["archer", "bow"][..]),
                ("kit", &["yellow"]),
                ("second colour", &["blue"]),
                ("side", &["left"]),
                ("weather", &["rain"]),
                ("daytime", &["night", "dark", "floodlights"]),
                ("shot size", &["close"]),
            ] {
                assert!(
                    any_of.iter().any(|word| text.contains(word)),
                    "{what}: {text}"
                );
            }
        }
    }

    #[test]
    fn captions_vary_and_every_scene_has_one() {
        let mut dice = Dice::new(4, 0);
        let texts: std::collections::BTreeSet<_> =
            (0..100).map(|_| caption(&archer(), &mut dice).0).collect();
        assert!(texts.len() > 60, "{}", texts.len());
        for _ in 0..3000 {
            let kind = *dice.pick(Kind::ALL);
            let scene = Scene::random_of(kind, &mut dice);
            for text in [
                caption(&scene, &mut dice).0,
                full_caption(&scene, &mut dice),
            ] {
                assert!(
                    text.len() > 4 && !text.contains("  "),
                    "{scene:?}: {text:?}"
                );
                assert_eq!(text, text.trim());
            }
        }
    }
}
