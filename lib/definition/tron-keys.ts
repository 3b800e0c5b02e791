// Keys of Tron that have no meaning without its server: accepted with a note that names what takes
// their place, so that a Tron file works unchanged. By the record in which they stand.

const tronKeys: { readonly [noun: string]: { readonly [key: string]: string } } = {
  file: {
    ssh_options: 'agents run commands on their own host, so nothing connects by ssh',
    state_persistence: 'state is kept by every agent in its data directory',
    output_stream_dir: 'output is kept in the data directory of the agent that ran the command',
    action_runner: 'every command runs under a wrapper that outlives the agent',
    notification_options: '`hocket check` and the metrics answer a monitoring system',
    eventbus_enabled: 'triggers between jobs are always on',
    mesos_options: 'commands run on the host; start a container in the command',
    k8s_options: 'commands run on the host; start a container in the command',
    read_json: 'YAML and JSON are read alike',
    working_dir: 'the data directory is a setting of the agent',
    syslog_address: "the agent's log goes to its standard error",
  },
  node: {
    username: "the agent's user runs the command; `user` of an action names another",
    port: 'agents find each other by themselves',
  },
  job: {
    monitoring:
      '`hocket check` and the metrics answer a monitoring system; `owner` and `labels` say whose the job is',
    use_k8s: 'commands run on the host; start a container in the command',
    namespace: "a job's namespace is the name of its file",
  },
  action: {
    executor: 'the command runs on the host by its shell; start a container in the command',
    on_upstream_rerun: 'Tron never used it either',
    cpus: 'the command is not bounded here; use `max_running` of a pool',
    mem: 'the command is not bounded here',
    disk: 'the command is not bounded here',
    cap_add: 'no container is started',
    cap_drop: 'no container is started',
    constraints: '`node` chooses where the action runs',
    docker_image: 'no container is started; write `docker run` in the command',
    docker_parameters: 'no container is started; write `docker run` in the command',
    secret_volumes: 'no container is started',
    projected_sa_volumes: 'no container is started',
    field_selector_env: 'no container is started',
    extra_volumes: 'no container is started',
    node_selectors: '`node` chooses where the action runs',
    node_affinities: '`node` chooses where the action runs',
    topology_spread_constraints: '`node` chooses where the action runs',
    labels: 'labels of an action were those of its container; `labels` of the job find it',
    annotations: 'no container is started',
    service_account_name: 'no container is started',
    ports: 'no container is started',
    idempotent: '`retry_on` and `if_lost` say what may run again',
  },
}

/** The idle keys of a record, by what people call it. */
export function tronKeysOf(noun: string): { readonly [key: string]: string } {
  return tronKeys[noun === 'cleanup action' ? 'action' : noun] ?? {}
}
