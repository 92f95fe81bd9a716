"""What an institution does, where and by whom: posts, services, papers, fees, promises."""
