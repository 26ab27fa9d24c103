"""What commands about exercises take: which tasks, for whom, under which secret."""
