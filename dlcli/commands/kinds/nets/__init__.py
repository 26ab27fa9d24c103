"""What works on nets that learn shares: their files and data, what they foretell and confuse."""
