//! Watch loops: from custom resources, Git and live objects to passes of the line.
