export {
  createTask,
  findTask,
  handOver,
  type HandedOver,
  listTasks,
  type NewTask,
  type Task,
  type TaskFilter,
} from './sql/tasks.ts'
export { changeTask, type TaskChange } from './sql/change-task.ts'
