"""Results as text for people and programs: JSON lines, CSV, Markdown and one terminal screen. Nothing here touches files."""
