//! The faults.

use std::{
    fmt,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use serde_json::json;

use crate::remote::Mood;

use super::{
    Arena, check,
    proxy::{Moment, Weather},
    random::Random,
};

/// Most writes before a kill.
const WRITES: u32 = 7;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The controller is killed at this write, and perhaps again at this one after it came back.
    Kill {
        write: u32,
        moment: Moment,
        again: Option<u32>,
    },
    /// 429 and 5xx.
    Busy,
    /// Connections break.
    Loss,
    /// Watches break and have lost their place.
    Gaps,
    /// Nothing gets through for a while.
    Outage,
    /// The API server is started anew.
    Restart,
    /// Somebody writes to the same objects, and deletes some.
    Writers,
    /// The branch is rewritten.
    Rewrite,
    /// A commit cannot be applied.
    Broken,
    /// The git server does not do as it should.
    Remote(Mood),
    /// There is no room for files larger than a few kB.
    FullDisk,
}

impl Fault {
    pub(super) fn kill(random: &mut Random) -> Self {
        Self::Kill {
            write: 1 + random.below(WRITES),
            moment: if random.percent(50) {
                Moment::Before
            } else {
                Moment::After
            },
            again: random.percent(30).then(|| 1 + random.below(WRITES)),
        }
    }

    /// Those of a repository that is not on this machine.
    pub(super) fn remote() -> Vec<Self> {
        let moods = Mood::BAD.into_iter().map(Self::Remote);
        moods
            .chain([Self::FullDisk, Self::Rewrite, Self::Outage])
            .collect()
    }

    /// All others but kills.
    pub(super) fn others(can_restart: bool) -> Vec<Self> {
        let mut all = vec![
            Self::Busy,
            Self::Loss,
            Self::Gaps,
            Self::Outage,
            Self::Restart,
            Self::Writers,
            Self::Rewrite,
            Self::Broken,
        ];
        all.retain(|fault| can_restart || *fault != Self::Restart);
        all
    }

    /// Lets it happen, while Git changes; afterwards it is over.
    pub(super) async fn happen(self, arena: &mut Arena, random: &mut Random) -> Result<()> {
        match self {
            Self::Kill { write, moment, again } => {
                arena.proxy.kill_at(write, moment, arena.controller.victim());
                arena.commit()?;
                if !killed(arena).await? {
                    return Ok(());
                }
                if let Some(write) = again {
                    arena.proxy.kill_at(write, moment, arena.controller.victim());
                    arena.controller.start()?;
                    if !killed(arena).await? {
                        return Ok(());
                    }
                }
                arena.controller.start()
            }
            Self::Busy => {
                under(
                    arena,
                    Weather {
                        busy: 40,
                        ..Weather::default()
                    },
                )
                .await
            }
            Self::Loss => {
                under(
                    arena,
                    Weather {
                        loss: 30,
                        ..Weather::default()
                    },
                )
                .await
            }
            Self::Gaps => {
                let gaps = Some(Duration::from_millis(60));
                under(
                    arena,
                    Weather {
                        gaps,
                        ..Weather::default()
                    },
                )
                .await
            }
            Self::Outage => {
                under(
                    arena,
                    Weather {
                        cut: true,
                        ..Weather::default()
                    },
                )
                .await
            }
            Self::Restart => {
                arena.commit()?;
                tokio::time::sleep(Duration::from_millis(u64::from(random.below(40)))).await;
                arena.restart_server().await?;
                arena.commit()
            }
            Self::Writers => writers(arena, random).await,
            Self::Rewrite => {
                arena.commit()?;
                arena.settle("the commit before").await?;
                arena.ground.rewrite()
            }
            Self::Remote(mood) => {
                arena.remote_mood(mood);
                for _ in 0..2 {
                    arena.commit()?;
                    tokio::time::sleep(Duration::from_millis(1500)).await;
                }
                if mood != Mood::Garbles {
                    // A byte of what git says to people may be another one, and nobody minds.
                    must_hurt(arena).await?;
                }
                arena.remote_mood(Mood::Honest);
                Ok(())
            }
            Self::FullDisk => {
                arena.controller.stop();
                arena.controller.start_without_room()?;
                arena.report.commits += 1;
                arena.ground.grow()?;
                tokio::time::sleep(Duration::from_millis(3000)).await;
                must_hurt(arena).await?;
                arena.controller.stop();
                arena.controller.start()
            }
            Self::Broken => {
                arena.ground.break_it()?;
                tokio::time::sleep(Duration::from_millis(300)).await;
                arena.ground.mend()
            }
        }
    }
}

/// Waits for the kill; `false` = there were fewer writes, and all is well without.
async fn killed(arena: &mut Arena) -> Result<bool> {
    let began = Instant::now();
    loop {
        if !arena.controller.victim().lives() {
            arena.report.kills += 1;
            return Ok(true);
        }
        if began.elapsed() > Duration::from_millis(100) {
            let well = check::wrong(&arena.admin, &arena.ground).await?.is_none();
            if (well || began.elapsed() > Duration::from_secs(5)) && arena.proxy.spare() {
                return Ok(false);
            }
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A fault that changes nothing proves nothing.
async fn must_hurt(arena: &Arena) -> Result<()> {
    match check::wrong(&arena.admin, &arena.ground).await? {
        Some(_) => Ok(()),
        None => bail!("all is as Git says although it cannot be: the fault was none"),
    }
}

async fn under(arena: &mut Arena, weather: Weather) -> Result<()> {
    arena.proxy.set_weather(weather);
    for _ in 0..3 {
        arena.commit()?;
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    arena.proxy.set_weather(Weather::default());
    Ok(())
}

async fn writers(arena: &mut Arena, random: &mut Random) -> Result<()> {
    for round in 0..40 {
        if round % 13 == 0 {
            arena.commit()?;
        }
        let (unit, id) = arena.ground.any();
        let path = id.path(unit);
        if random.percent(20) {
            arena.admin.delete(&path).await?;
        } else {
            let patch = match id.kind {
                "Deployment" => json!({"spec": {"replicas": 9}}),
                "Service" => json!({"spec": {"selector": {"app": "eve", "more": "eve"}}}),
                "Secret" => json!({"data": {"value": "ZXZl"}}),
                _ => json!({"data": {"value": "eve"}, "metadata": {"labels": {"eve": "was-here"}}}),
            };
            arena.admin.merge(&path, &patch).await?;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill { write, moment, again } => {
                let moment = if *moment == Moment::Before {
                    "before"
                } else {
                    "after"
                };
                write!(f, "a kill {moment} write {write}")?;
                again.map_or(Ok(()), |again| write!(f, ", and another at write {again}"))
            }
            Self::Busy => f.write_str("a storm of 429 and 5xx"),
            Self::Loss => f.write_str("30 % of connections lost"),
            Self::Gaps => f.write_str("watches that break and lose their place"),
            Self::Outage => f.write_str("an outage"),
            Self::Restart => f.write_str("a restart of the API server"),
            Self::Writers => f.write_str("conflicting writers"),
            Self::Rewrite => f.write_str("a rewritten branch"),
            Self::Broken => f.write_str("a commit that cannot be applied"),
            Self::Remote(mood) => write!(f, "a git server in the mood {mood:?}"),
            Self::FullDisk => f.write_str("a full disk"),
        }
    }
}
