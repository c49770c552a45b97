use plumb_model::UnitKind;

use super::*;

fn unit(name: &str) -> UnitId {
    UnitId {
        kind: UnitKind::Application,
        namespace: "argocd".to_owned(),
        name: name.to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_unit_is_queued_once_and_not_while_in_a_pass() {
    let queue = Queue::default();
    queue.add(unit("a"));
    queue.add(unit("a"));
    queue.add(unit("b"));
    assert_eq!(queue.next().await, unit("a"));
    queue.add(unit("a"));
    assert_eq!(queue.next().await, unit("b"));
    let none = tokio::time::timeout(Duration::from_secs(60), queue.next()).await;
    assert!(none.is_err(), "a is in a pass, and must not be handed out twice");
    queue.done(&unit("a"));
    assert_eq!(queue.next().await, unit("a"));
}

#[tokio::test(start_paused = true)]
async fn the_sooner_timer_wins() {
    let queue = Queue::default();
    queue.add_after(unit("a"), Duration::from_secs(100));
    queue.add_after(unit("a"), Duration::from_secs(10));
    queue.add_after(unit("a"), Duration::from_secs(50));
    let began = Instant::now();
    assert_eq!(queue.next().await, unit("a"));
    assert_eq!(began.elapsed().as_secs(), 10);
    queue.done(&unit("a"));
    assert!(
        tokio::time::timeout(Duration::from_secs(1000), queue.next())
            .await
            .is_err()
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_only_to_be_told_waits_for_everybody_else() {
    let queue = Queue::default();
    for name in ["a", "b", "c", "d"] {
        queue.add_late(unit(name));
    }
    queue.add(unit("e"));
    queue.add(unit("b"));
    assert_eq!(queue.next().await, unit("e"));
    assert_eq!(queue.next().await, unit("b"));
    assert!(!queue.is_late(&unit("b")));
    assert_eq!(queue.next().await, unit("a"));
    assert!(queue.is_late(&unit("a")));
    assert_eq!(queue.next().await, unit("c"), "b is in a pass");
    let none = tokio::time::timeout(Duration::from_secs(60), queue.next()).await;
    assert!(none.is_err(), "two at once are enough");
    queue.add(unit("f"));
    assert_eq!(queue.next().await, unit("f"));
    queue.done(&unit("a"));
    assert_eq!(queue.next().await, unit("d"));
    queue.done(&unit("b"));
    queue.done(&unit("d"));
    assert_eq!(queue.next().await, unit("b"), "its place was kept");
}

#[tokio::test(start_paused = true)]
async fn what_is_to_be_told_is_told_in_the_end() {
    let queue = Queue::default();
    queue.add_late(unit("a"));
    for name in ["b", "a", "c"] {
        queue.add(unit(name));
    }
    assert_eq!(queue.next().await, unit("b"));
    tokio::time::advance(PATIENCE * 2).await;
    assert_eq!(queue.next().await, unit("a"));
    assert!(queue.is_late(&unit("a")));
    assert_eq!(queue.next().await, unit("c"));
}
