//! What tests share: scenarios, scratch repositories, dev clusters.
