//! Films: which shots of what, and how each begins.

use super::{
    super::captions::{caption, full_caption},
    graphics::graphics,
    recipe::{Genre, recipes},
    *,
};

/// Sports that films are made of.
pub(in crate::demo) const SPORTS: &[Kind] = &[
    Kind::Archery,
    Kind::Boxing,
    Kind::Swimming,
    Kind::Running,
    Kind::Diving,
    Kind::Tennis,
    Kind::Football,
    Kind::Rowing,
    Kind::Gymnastics,
    Kind::Cycling,
    Kind::Skating,
    Kind::Fencing,
    Kind::Weightlifting,
    Kind::Basketball,
    Kind::Skiing,
    Kind::Sailing,
];

/// Captions of each shot beside the full one.
const CAPTIONS: usize = 4;

/// Plans `count` films of about a length each.
pub(super) fn films<'g>(
    seed: u64,
    count: usize,
    duration_millis: i64,
    grammar: &impl Fn(Language) -> &'g Grammar,
) -> Result<Vec<FilmPlan>, DemoError> {
    let recipes = recipes();
    let mut films: Vec<FilmPlan> = Vec::with_capacity(count);
    let first_sport = Dice::new(seed, 1).below(SPORTS.len());
    for number in 0..count {
        let dice = &mut Dice::new(seed, 100 + number as u64);
        let recipe = &recipes[number % recipes.len()];
        // Every fifth sport in turn meets all sixteen before one comes again.
        let sport = SPORTS[(first_sport + number * 5) % SPORTS.len()];
        let is_second_camera = number % recipes.len() == 1;
        let cast = if is_second_camera {
            Cast::new(
                SPORTS[(first_sport + (number - 1) * 5) % SPORTS.len()],
                &mut Dice::new(seed, 99 + number as u64),
            )
        } else {
            Cast::new(sport, dice)
        };
        let stem = match recipe.genre {
            Genre::Magazine => "sport_today".to_owned(),
            Genre::Ceremony => "medal_ceremony".to_owned(),
            Genre::Highlights => "best_of_the_day".to_owned(),
            Genre::Town => "town".to_owned(),
            Genre::Event | Genre::Rushes => cast.sport.name(),
        };
        let camera = if is_second_camera { "_camera_2" } else { "" };
        let path = format!(
            "{}/{stem}_{}{camera}.{}",
            recipe.folder,
            number + 1,
            recipe.format.extension
        );
        let format = recipe.format.clone();
        // The second camera starts later and stops with the first.
        let offset_millis = if is_second_camera {
            40 * (25 + dice.below(40) as i64)
        } else {
            0
        };
        let length = format.frame_at(duration_millis - offset_millis);
        let shots = shots(recipe.genre, &cast, &format, length, dice);
        let highlights = match (is_second_camera, films.last()) {
            (true, Some(first)) => shifted(&first.highlights, offset_millis),
            _ => highlights(recipe.genre, &shots, &format, dice),
        };
        let kinds = |millis: i64| {
            let frame = format.frame_at(millis);
            shots
                .iter()
                .find(|shot| frame < shot.end)
                .map_or(cast.sport, |shot| shot.scene.kind)
        };
        let duration = format.millis(length);
        let soundtrack = soundtrack::plan(
            (recipe.genre, recipe.language, duration),
            &kinds,
            &highlights,
            grammar(recipe.language),
            dice,
        )?;
        let graphics = graphics(recipe.genre, &shots, &format, length, dice);
        films.push(FilmPlan {
            copies: (number % recipes.len() == 4)
                .then(|| format!("backup/copy_of_{stem}_{}.{}", number + 1, format.extension))
                .into_iter()
                .collect(),
            title: format!("{} {}", stem.replace('_', " "), number + 1),
            path,
            length,
            shots,
            graphics,
            soundtrack,
            highlights,
            sidecar: recipe
                .sidecar
                .map(|extension| format!("{}.{extension}", recipe.language.code())),
            twin_of: is_second_camera.then(|| (number - 1, offset_millis)),
            format,
        });
    }
    Ok(films)
}

/// What all shots of an event have in common.
struct Cast {
    sport: Kind,
    model: Scene,
}

impl Cast {
    fn new(sport: Kind, dice: &mut Dice) -> Self {
        Self {
            sport,
            model: Scene::random_of(sport, dice),
        }
    }

    /// A scene of a kind, in the colours and the weather of the event.
    fn scene(&self, kind: Kind, dice: &mut Dice) -> Scene {
        let mut scene = Scene::random_of(kind, dice);
        let model = &self.model;
        if kind == self.sport
            || matches!(
                kind,
                Kind::Crowd | Kind::SlowMotion | Kind::Interview | Kind::Podium
            )
        {
            scene.kit_colour = scene.kit_colour.and(model.kit_colour).or(scene.kit_colour);
            if scene.second_colour.is_some() && model.second_colour.is_some() {
                scene.second_colour = model.second_colour;
            }
            if scene.second_colour == scene.kit_colour {
                scene.second_colour = None;
            }
        }
        if scene.daytime.is_some() && model.daytime.is_some() && kind != Kind::Rain {
            scene.daytime = model.daytime;
            scene.weather = model.weather;
        }
        scene
    }
}

/// Kinds of shots, one after the other.
fn sequence(genre: Genre, sport: Kind, number: usize, dice: &mut Dice) -> Kind {
    let around = [
        Kind::Crowd,
        Kind::Scoreboard,
        Kind::Flags,
        Kind::StadiumFromAbove,
        Kind::SlowMotion,
        Kind::Interview,
    ];
    match genre {
        Genre::Rushes if number < 3 => [Kind::ColourBars, Kind::Countdown, Kind::Slate][number],
        Genre::Rushes => sport,
        Genre::Event if number % 3 == 2 => *dice.pick(&around),
        Genre::Event => sport,
        Genre::Magazine => match number % 4 {
            0 => Kind::Studio,
            1 => *dice.pick(&[Kind::Skyline, Kind::StadiumFromAbove, Kind::Flags]),
            2 => Kind::Interview,
            _ => *dice.pick(SPORTS),
        },
        Genre::Ceremony => [
            Kind::Flags,
            Kind::Podium,
            Kind::Medal,
            Kind::Crowd,
            Kind::Podium,
            Kind::Fireworks,
        ][number % 6],
        Genre::Highlights => *dice.pick(SPORTS),
        Genre::Town => [
            Kind::Torch,
            Kind::Rain,
            Kind::Skyline,
            Kind::Crowd,
            Kind::Flags,
        ][number % 5],
    }
}

fn shots(
    genre: Genre,
    cast: &Cast,
    format: &Format,
    length: i64,
    dice: &mut Dice,
) -> Vec<ShotPlan> {
    let (shortest, longest) = if genre == Genre::Highlights {
        (1.6, 3.2)
    } else {
        (2.4, 6.0)
    };
    let frames = |seconds: f32| format.frame_at((seconds * 1000.0) as i64);
    let mut shots: Vec<ShotPlan> = Vec::new();
    let mut first = 0;
    while first < length {
        let kind = sequence(genre, cast.sport, shots.len(), dice);
        let mut scene = cast.scene(kind, dice);
        // Two shots of one kind in a row differ in size, as a director would cut.
        for _ in 0..12 {
            let is_alike = shots.last().is_some_and(|last| {
                last.scene.kind == kind && last.scene.shot_size == scene.shot_size
            });
            if !is_alike {
                break;
            }
            scene = cast.scene(kind, dice);
        }
        if format.size.0 < format.size.1 {
            // An upright picture has no sides.
            scene.side = scene.side.map(|_| super::super::attributes::Side::Centre);
        }
        let mut end = first + frames(dice.between(shortest, longest));
        if length - end < frames(shortest) {
            end = length;
        }
        let mut shot = shot_of(scene, first, end, dice);
        if first > 0 {
            (shot.opening, shot.opening_frames) = match dice.below(20) {
                0 | 1 => (Opening::Dissolve, frames(dice.between(0.5, 1.0)) / 2 * 2),
                2 | 3 => (Opening::Fade, frames(dice.between(0.7, 1.2)) / 2 * 2),
                4 => (Opening::Wipe, frames(dice.between(0.4, 0.8)) / 2 * 2),
                _ => (Opening::Cut, 0),
            };
        }
        shots.push(shot);
        first = end;
    }
    shots
}

/// A shot of a scene with its look and captions.
pub(super) fn shot_of(scene: Scene, first: i64, end: i64, dice: &mut Dice) -> ShotPlan {
    ShotPlan {
        first,
        end,
        opening: if first == 0 {
            Opening::Start
        } else {
            Opening::Cut
        },
        opening_frames: 0,
        look: Look::random(dice),
        captions: (0..CAPTIONS).map(|_| caption(&scene, dice).0).collect(),
        full_caption: full_caption(&scene, dice),
        scene,
    }
}

/// The ends of shots of sports, some of them.
fn highlights(
    genre: Genre,
    shots: &[ShotPlan],
    format: &Format,
    dice: &mut Dice,
) -> Vec<Highlight> {
    let chance = match genre {
        Genre::Event => 0.4,
        Genre::Highlights => 0.6,
        Genre::Ceremony => 0.3,
        _ => 0.0,
    };
    let mut highlights = Vec::new();
    for shot in shots {
        let is_sport = SPORTS.contains(&shot.scene.kind) || shot.scene.kind == Kind::Podium;
        if !is_sport || !dice.chance(chance) {
            continue;
        }
        let (start, end) = (format.millis(shot.first), format.millis(shot.end));
        highlights.push(Highlight {
            start_millis: end - (end - start).min(2600),
            end_millis: end,
            grade: 1 + dice.below(3) as u8,
        });
    }
    highlights
}

fn shifted(highlights: &[Highlight], offset_millis: i64) -> Vec<Highlight> {
    highlights
        .iter()
        .filter(|highlight| highlight.end_millis > offset_millis)
        .map(|highlight| Highlight {
            start_millis: (highlight.start_millis - offset_millis).max(0),
            end_millis: highlight.end_millis - offset_millis,
            ..*highlight
        })
        .collect()
}
