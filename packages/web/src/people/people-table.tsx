import type { Person } from '@neonhub/contract'
import { Paper } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Moment } from '../components/moment.tsx'
import classes from '../components/run-table.module.css'
import { ConsentStates } from './consent-states.tsx'
import { nameOf } from './name-of.ts'

/** People as a table; on a narrow screen each row becomes a card. */
export function PeopleTable({ people }: { readonly people: readonly Person[] }) {
  return (
    <Paper withBorder radius="md" style={{ overflow: 'hidden' }}>
      <table className={classes['table']}>
        <thead>
          <tr>
            <th scope="col">Person</th>
            <th scope="col">Consents</th>
            <th scope="col">Topics</th>
            <th scope="col">Added</th>
          </tr>
        </thead>
        <tbody>
          {people.map((person) => (
            <PersonRow key={person.id} person={person} />
          ))}
        </tbody>
      </table>
    </Paper>
  )
}

function PersonRow({ person }: { readonly person: Person }) {
  return (
    <tr className={classes['row']}>
      <td data-cell="name">
        <Link to="/people/$personId" params={{ personId: person.id }} className={classes['link']}>
          <span className={classes['intent']}>{nameOf(person)}</span>
          <span className={classes['agent']}>{person.identities.map(({ address }) => address).join(', ')}</span>
        </Link>
      </td>
      <td data-cell="consents">
        <ConsentStates person={person} />
      </td>
      <td data-label="Topics">{person.topics.join(', ') || '–'}</td>
      <td data-label="Added">
        <Moment at={person.createdAt} />
      </td>
    </tr>
  )
}
