"""REST doors of the tables below this layer: projects, tenants, people, keys."""
