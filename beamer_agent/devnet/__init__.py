"""Three local chains with the real contracts, for the demo and the tests.

    Anvil          the processes, none of which outlives this one
      v
    deploy_world   contracts, permissions, fees, tokens, funds
      v
    LocalWorld     all of it together: users act, the relayer plays the rollups' native bridges
                   (roots up, deliveries down), files for an agent

The agent never imports this package, and nothing here knows how the agent works inside.
"""
