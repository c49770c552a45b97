//! `plumb audit search`: records that hold words.

use clap::{ArgMatches, Args, FromArgMatches};
use plumb_history::{Cursor, Entry, Filter, HistoryError, Ledger, Page, Record};

use super::{FilterFlags, PageFlags, list};
use crate::{Command, Context, Exit, Failure, Format, context, context::LedgerFlags};

/// How many records are looked at together.
const AT_ONCE: usize = 256;

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "search",
    clap: || {
        Arguments::augment_args(clap::Command::new("search").about(
            "Find records by words, newest first: in units, objects, fields, people, subjects and messages",
        ))
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches) }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// Words that a record must hold, each somewhere and in any case
    #[arg(value_name = "TEXT", required = true, num_args = 1..)]
    words: Vec<String>,
    #[command(flatten)]
    filter: FilterFlags,
    #[command(flatten)]
    page: PageFlags,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value = "table")]
    output: Format,
    #[command(flatten)]
    ledger: LedgerFlags,
}

fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let ledger = context::ledger(&arguments.ledger)?;
    let words = arguments.words.iter().flat_map(|word| word.split_whitespace());
    let search = Search {
        ledger: &ledger,
        filter: arguments.filter.filter(),
        words: words.map(str::to_lowercase).collect(),
    };
    let page = search.page(arguments.page.cursor()?, arguments.page.limit())?;
    list(&context.output, &ledger, &page, arguments.output);
    Ok(Exit::Success)
}

struct Search<'l> {
    ledger: &'l Ledger,
    filter: Filter,
    words: Vec<String>,
}

impl Search<'_> {
    fn page(&self, mut cursor: Option<Cursor>, limit: usize) -> Result<Page, HistoryError> {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let page = self.ledger.page(&self.filter, cursor.as_ref(), AT_ONCE)?;
            for (position, entry) in page.entries.into_iter().enumerate() {
                if !self.fits(&entry.record) {
                    continue;
                }
                entries.push(entry);
                if entries.len() == limit {
                    // Just after this record, not after all that were looked at together.
                    let next = self
                        .ledger
                        .page(&self.filter, cursor.as_ref(), position + 1)?
                        .next;
                    return Ok(Page { entries, next });
                }
            }
            match page.next {
                None => return Ok(Page { entries, next: None }),
                next => cursor = next,
            }
        }
    }

    fn fits(&self, record: &Record) -> bool {
        let texts: Vec<String> = texts(record).map(|text| text.to_lowercase()).collect();
        self.words
            .iter()
            .all(|word| texts.iter().any(|text| text.contains(word)))
    }
}

/// What of a record is searched.
fn texts(record: &Record) -> impl Iterator<Item = String> {
    let source = record.source.as_ref();
    let author = source.and_then(|source| source.author.as_ref());
    let request = record.pull_request.as_ref();
    let single = [
        Some(record.unit.to_string()),
        record.actor.as_ref().map(ToString::to_string),
        author.map(|author| format!("{} <{}>", author.name, author.email)),
        source.and_then(|source| source.subject.clone()),
        request.map(|request| request.number.clone()),
        record.message.clone(),
    ];
    let approvals = record.approvals.iter().map(|approval| approval.by.to_string());
    let objects = record.changes.iter().map(|change| change.object.to_string());
    let fields = record.drifted.iter().flat_map(|field| {
        let manager = field.manager.clone().unwrap_or_default();
        [field.object.to_string(), field.path.clone(), manager]
    });
    let single = single.into_iter().flatten();
    single.chain(approvals).chain(objects).chain(fields)
}
