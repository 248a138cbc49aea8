//! Pages to the end.
use super::{ids, make, walk};
use crate::app::{App, encode};
use crate::management::admin::Admin;
use crate::management::records::kinds;
use std::collections::BTreeSet;

#[tokio::test]
async fn pages_lead_to_the_end_of_every_list_without_a_gap_or_a_repetition() {
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    for kind in kinds() {
        let place = (kind.path.as_str(), kind.list);
        let (_, there) = walk(&admin, place, &[("page_size", "100")]).await;
        let made = make(&admin, &kind, 0..7).await;
        let expected: BTreeSet<String> = there.iter().chain(&made).cloned().collect();
        for size in [1, 2, 100] {
            let (pages, seen) = walk(&admin, place, &[("page_size", &size.to_string())]).await;
            assert_eq!(seen.len(), expected.len(), "{}", kind.name);
            assert_eq!(seen.iter().cloned().collect::<BTreeSet<_>>(), expected);
            assert_eq!(pages, expected.len().div_ceil(size).max(1), "{} {size}", kind.name);
            // Newest first: those that were there stand behind, the new ones by threes.
            let newest: BTreeSet<&String> = seen[..1].iter().collect();
            assert!(newest.is_subset(&made[6..].iter().collect()), "{}", kind.name);
            let older = there.is_empty() || !made.contains(&seen[7]);
            assert!(made.contains(&seen[6]) && older, "{}", kind.name);
        }
        // What is made or deleted meanwhile neither hides nor repeats anything of what was there.
        let first = admin.get(&format!("{}?page_size=2", kind.path)).await;
        let mut seen = ids(&first.json(), kind.list);
        let (mut token, mut round) = (first.member("next_page_token"), 0);
        let unseen: Vec<String> = made.iter().filter(|id| !seen.contains(id)).cloned().collect();
        let gone = unseen.last().unwrap().clone();
        while !token.is_empty() {
            match round {
                0 => drop(make(&admin, &kind, 100..102).await),
                1 => admin.remove(&kind.one(&seen[seen.len() - 1])).await,
                2 => admin.remove(&kind.one(&seen[0])).await,
                _ => {}
            }
            if round == 0 {
                admin.remove(&kind.one(&gone)).await;
            }
            round += 1;
            let query = encode(&[("page_size", "2"), ("page_token", &token)]);
            let next = admin.get(&format!("{}?{query}", kind.path)).await;
            assert_eq!(next.status, 200, "{}", next.body);
            seen.extend(ids(&next.json(), kind.list));
            token = next.member("next_page_token");
        }
        let once: BTreeSet<String> = seen.iter().cloned().collect();
        assert_eq!(once.len(), seen.len(), "{}: twice", kind.name);
        let mut expected = expected;
        expected.remove(&gone);
        assert_eq!(once, expected, "{}", kind.name);
    }
}
