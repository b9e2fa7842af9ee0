//! `reeldex reel new`.

use std::path::Path;

use super::{document, show};
use crate::{
    app::{App, ReelOptions},
    cli::{
        arguments::{NewArguments, Place},
        output::Output,
    },
    fault::{AnyError, ExitStatus},
    reel::{ReelError, ReelFile, Section, Stretch, Wish, file_stem},
    store::{Access, Catalog},
};

pub(super) fn run(
    app: &App,
    arguments: &NewArguments,
    output: &Output,
) -> Result<ExitStatus, AnyError> {
    let wish = wish(app, arguments)?;
    let title = title(arguments);
    let file = file(&app.settings.library, arguments, &title)?;
    let options = ReelOptions {
        weights: arguments.weights.weights.clone(),
        rate: arguments.rate,
        size: arguments.size,
    };
    let reel = app.compile_reel(&wish, &title, &options)?;
    file.write(&reel)?;
    if output.json {
        output.document(&document(&file, &reel));
        return Ok(ExitStatus::Done);
    }
    show::tell(&reel, output);
    output.line(format!("\n{}", file.path.display()));
    Ok(ExitStatus::Done)
}

fn wish(app: &App, arguments: &NewArguments) -> Result<Wish, AnyError> {
    let query = arguments.query.join(" ");
    let query = Some(query.trim().to_owned()).filter(|query| !query.is_empty());
    let mut sections: Vec<Section> = arguments
        .section
        .iter()
        .map(|section| Section {
            name: section.name.clone(),
            query: section.query.clone().or_else(|| query.clone()),
            picks: section.picks,
        })
        .collect();
    if query.is_some() && !sections.is_empty() && !sections.iter().any(|s| s.query == query) {
        return Err(ReelError::Wish {
            reason: "each section has a query of its own, and none is left for the first one"
                .to_owned(),
        }
        .into());
    }
    if sections.is_empty() {
        sections.push(Section {
            name: String::new(),
            query,
            picks: None,
        });
    }
    let wish = Wish {
        sections,
        collection: arguments.collection.clone(),
        order: arguments.order.into(),
        shortest_millis: arguments.shortest.min(arguments.length),
        longest_millis: arguments.longest,
        handle_millis: arguments.handles,
        most_per_asset: arguments.per_asset,
        diversity: arguments.diversity,
        all_angles: arguments.all_angles,
        seed: arguments.seed,
        ..Wish::new(arguments.length)
    };
    wish.check()?;
    let places = [&arguments.given, &arguments.must_have, &arguments.must_not];
    if places.iter().all(|places| places.is_empty()) {
        return Ok(wish);
    }
    let store = app.store(Access::Read)?;
    let catalog = store.catalog();
    Ok(Wish {
        given: stretches(catalog, &arguments.given)?,
        must_have: stretches(catalog, &arguments.must_have)?,
        must_not: stretches(catalog, &arguments.must_not)?,
        ..wish
    })
}

fn stretches(catalog: &Catalog, places: &[Place]) -> Result<Vec<Stretch>, AnyError> {
    let mut stretches = Vec::with_capacity(places.len());
    for place in places {
        stretches.push(Stretch {
            asset_id: catalog.only_asset(&place.asset)?.id,
            start_millis: place.start_millis,
            end_millis: place.end_millis,
        });
    }
    Ok(stretches)
}

/// What people call the reel: as told, else by its query, else by what it is drawn from.
fn title(arguments: &NewArguments) -> String {
    if let Some(title) = arguments.title.as_ref().or(arguments.name.as_ref()) {
        return title.clone();
    }
    let query = arguments.query.join(" ");
    let query: String = query
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(120)
        .collect();
    match (query.trim(), &arguments.collection) {
        ("", Some(collection)) => format!("The best of {collection}"),
        ("", None) => "The best".to_owned(),
        (query, _) => query.to_owned(),
    }
}

/// Where the reel is to lie. A name that was made up gives way to one that is there; one that was
/// asked for does not, unless by force.
fn file(library: &Path, arguments: &NewArguments, title: &str) -> Result<ReelFile, ReelError> {
    let wanted = |file: ReelFile| match arguments.force {
        true => Ok(file),
        false => file.unless_taken(),
    };
    if let Some(path) = &arguments.output {
        if !path.to_string_lossy().ends_with(".reel.json") {
            return Err(ReelError::BadName {
                name: path.display().to_string(),
                reason: "a file of a reel ends in .reel.json",
            });
        }
        let file = ReelFile { path: path.clone() };
        return wanted(file);
    }
    if let Some(name) = &arguments.name {
        let file = ReelFile::named(library, name)?;
        return wanted(file);
    }
    if arguments.force {
        return ReelFile::named(library, &file_stem(title));
    }
    ReelFile::for_title(library, title)
}
