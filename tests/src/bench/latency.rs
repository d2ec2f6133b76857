//! Check-out and release of one client and of 64 in flight, against echoes on a bare stream; and the
//! same with many seats held against few.

use anyhow::Context as _;

use super::{
    Effort, FEW_SEATS, MANY_SEATS,
    clients::{self, Bare},
    figures::{Figures, Samples},
    reference::References,
};
use crate::{World, order::FEATURE};

/// Pairs thrown away before anything is measured.
const WARM_UP: usize = 200;

pub(super) fn measure(
    world: &World,
    references: &References,
    effort: Effort,
    figures: &mut Figures,
) -> anyhow::Result<()> {
    let runtime = clients::runtime()?;
    runtime.block_on(async {
        let session = clients::session(world).await?;
        let mut bare = Bare::open(&references.echo).await?;
        clients::pairs(&session, WARM_UP).await?;
        bare.pairs(WARM_UP).await?;
        let (mut ours, mut echoes, mut raw) =
            (Samples::default(), Samples::default(), Samples::default());
        let (mut many, mut many_echoes) = (Samples::default(), Samples::default());
        let in_flight = effort.pairs * 20;
        for _ in 0..effort.rounds {
            ours.append(clients::pairs(&session, effort.pairs).await?);
            echoes.append(bare.pairs(effort.pairs).await?);
            raw.append(clients::raw_pairs(&references.raw, effort.pairs)?);
            many.add(clients::pairs_in_flight(&session, in_flight).await?);
            many_echoes.add(bare.pairs_in_flight(in_flight).await?);
        }
        figures.ratio(
            "checkout_p50_ratio",
            "check-out + release, p50, against two bare echoes",
            "µs",
            (ours.p50()?, echoes.p50()?),
            "≤ 1.5 ×",
        );
        figures.ratio(
            "checkout_p99_ratio",
            "the same, p99",
            "µs",
            (ours.p99()?, echoes.p99()?),
            "",
        );
        figures.ratio(
            "checkout_raw_ratio",
            "the same, p50, against two ping-pongs on a raw socket",
            "µs",
            (ours.p50()?, raw.p50()?),
            "",
        );
        let pairs = f64::from(u32::try_from(in_flight).context("fewer pairs")?);
        let per_second = |samples: &Samples| anyhow::Ok(pairs / samples.p50()? * 1e6);
        figures.ratio(
            "throughput_ratio",
            "pairs a second with 64 in flight",
            "/s",
            (per_second(&many)?, per_second(&many_echoes)?),
            "≥ 0.6 ×",
        );
        session.close().await?;
        Ok(())
    })
}

/// The same pairs, with few seats held by another session and with many, in turns.
pub(super) fn growth(world: &World, effort: Effort, figures: &mut Figures) -> anyhow::Result<()> {
    let runtime = clients::runtime()?;
    runtime.block_on(async {
        let session = clients::session(world).await?;
        let holder = clients::session(world).await?;
        let (mut with_few, mut with_many) = (Samples::default(), Samples::default());
        let mut held = Vec::new();
        for _ in 0..FEW_SEATS {
            held.push(holder.checkout(FEATURE).await?);
        }
        clients::pairs(&session, WARM_UP).await?;
        // Twice from few to many and back.
        for _ in 0..2 {
            with_few.append(clients::pairs(&session, effort.pairs * 2).await?);
            while held.len() < usize::try_from(MANY_SEATS)? {
                held.push(holder.checkout(FEATURE).await?);
            }
            with_many.append(clients::pairs(&session, effort.pairs * 2).await?);
            while held.len() > usize::try_from(FEW_SEATS)? {
                held.pop().context("a held seat")?.release().await?;
            }
        }
        figures.ratio(
            "growth_ratio",
            "check-out + release, p50, with 100,000 seats held against 100",
            "µs",
            (with_many.p50()?, with_few.p50()?),
            "≤ 1.2 ×",
        );
        holder.close().await?;
        session.close().await?;
        Ok(())
    })
}
