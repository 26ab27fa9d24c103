"""Stories for a page: pictures as pixels, charts as lines, matrices as tables, whatever shows it."""
